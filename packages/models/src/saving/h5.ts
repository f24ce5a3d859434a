import type { DType, TypedArray } from '@ibex/tensor';
import type { Dataset, Entity, Group } from 'h5wasm';
import { FileFormatError } from './errors.js';
import type { StoredArray, StoredObject, WeightStore } from './weight-store.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The one file at work: nothing is awaited while it is there. */
const SCRATCH = 'weights.h5';

type H5 = typeof import('h5wasm').default;
type FileSystem = Awaited<H5['ready']>['FS'];
let library: Promise<{ h5: H5; memory: FileSystem }> | undefined;

/**
 * The HDF5 library is large, so it is loaded when the first file is read or written. It is the build that keeps its
 * files in memory: no disk can be full while it works.
 */
function loadLibrary(): Promise<{ h5: H5; memory: FileSystem }> {
  library ??= import('h5wasm').then(async ({ default: h5 }) => ({ h5, memory: (await h5.ready).FS }));
  return library;
}

/** How HDF5 spells the dtypes of saved arrays; bfloat16 is kept as its bits, with an attribute that says so. */
const TO_H5: Partial<Record<DType, string>> = {
  bool: '<B',
  uint8: '<B',
  int8: '<b',
  int16: '<h',
  int32: '<i',
  uint32: '<I',
  int64: '<q',
  float16: '<e',
  bfloat16: '<H',
  float32: '<f',
  float64: '<d',
};

/** The bytes of a `.weights.h5` file, laid out as Keras 3 lays it out. */
export async function encodeWeights(store: WeightStore): Promise<Uint8Array> {
  const { h5, memory } = await loadLibrary();
  const file = new h5.File(SCRATCH, 'w');
  try {
    for (const [objectPath, object] of store) writeObject(makeGroups(file, objectPath), object);
    file.close();
    return memory.readFile(SCRATCH);
  } finally {
    memory.unlink(SCRATCH);
  }
}

/** Reads the bytes of a `.weights.h5` file. Throws `FileFormatError` when they are not HDF5, truncated, or of another layout. */
export async function decodeWeights(bytes: Uint8Array, source: string): Promise<WeightStore> {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw new FileFormatError(`${source} is not an HDF5 file: its first bytes are not HDF5's signature.`);
  }
  checkComplete(bytes, source);
  const { h5, memory } = await loadLibrary();
  memory.writeFile(SCRATCH, bytes);
  const file = new h5.File(SCRATCH, 'r');
  try {
    const store = new Map<string, StoredObject>();
    readObjects(file, '', store, source);
    return store;
  } finally {
    file.close();
    memory.unlink(SCRATCH);
  }
}

/** The superblock says where the file ends; a shorter file was cut off, and reading on would go astray. */
function checkComplete(bytes: Uint8Array, source: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[8] ?? 255;
  const endAt = version < 2 ? (version === 0 ? 40 : 44) : 28;
  const end = bytes.length >= endAt + 8 ? view.getBigUint64(endAt, true) : undefined;
  if (end === undefined || end > BigInt(bytes.length)) {
    throw new FileFormatError(
      `${source} is truncated: it says that it has ${end ?? 'more'} bytes, but ${bytes.length} are there.`,
    );
  }
}

function makeGroups(root: Group, path: string): Group {
  let group = root;
  for (const part of path.split('/').filter((name) => name !== '')) {
    group = group.keys().includes(part) ? (group.get(part) as Group) : group.create_group(part);
  }
  return group;
}

function writeObject(parent: Group, { name, arrays }: StoredObject): void {
  const vars = parent.create_group('vars');
  vars.create_attribute('name', name);
  arrays.forEach(({ values, shape, dtype }, i) => {
    const dataset = vars.create_dataset({
      name: String(i),
      data: values as never,
      shape: [...shape],
      dtype: TO_H5[dtype]!,
    });
    if (dtype === 'bfloat16') dataset.create_attribute('dtype', 'bfloat16');
  });
}

function readObjects(group: Group, path: string, store: Map<string, StoredObject>, source: string): void {
  for (const key of group.keys()) {
    const child = group.get(key);
    if (!isGroup(child)) continue;
    const childGroup = child;
    if (key === 'vars') store.set(path, readVars(childGroup, `${source}:${path}`));
    else readObjects(childGroup, path === '' ? key : `${path}/${key}`, store, source);
  }
}

function readVars(group: Group, where: string): StoredObject {
  const keys = group.keys();
  const arrays: StoredArray[] = [];
  const named = keys.some((key) => !/^\d+$/.test(key));
  const ordered = named ? keys : keys.sort((a, b) => Number(a) - Number(b));
  for (const key of ordered) {
    const dataset = group.get(key);
    if (!isDataset(dataset)) throw new FileFormatError(`${where}: the entry '${key}' is not an array.`);
    arrays.push(readArray(dataset, `${where}/${key}`));
  }
  const name = group.attrs['name']?.value;
  return { name: typeof name === 'string' ? name : '', arrays };
}

function isGroup(entity: Entity | null): entity is Group {
  return entity !== null && 'type' in entity && (entity.type as string) === 'Group';
}

function isDataset(entity: Entity | null): entity is Dataset {
  return entity !== null && 'type' in entity && (entity.type as string) === 'Dataset';
}

function readArray(dataset: Dataset, where: string): StoredArray {
  const { size, signed, type } = dataset.metadata;
  const shape = dataset.shape ?? [];
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const isBfloat16 = dataset.attrs['dtype']?.value === 'bfloat16';
  const dtype = isBfloat16 ? 'bfloat16' : FROM_H5[`${type}:${type === 0 && !signed ? 'u' : ''}${size}`];
  const value = dataset.value;
  if (dtype === undefined || value === null) {
    throw new FileFormatError(`${where}: arrays of HDF5 type ${String(dataset.dtype)} are not weights.`);
  }
  const values = toTypedArray(value, dtype);
  if (values.length !== elements)
    throw new FileFormatError(
      `${where}: holds ${values.length} values, but its shape is [${shape.join(', ')}].`,
    );
  return { values, shape, dtype };
}

/** HDF5's class (0 integer, 1 float, 8 enumeration, which is how booleans are kept) and size in bytes. */
const FROM_H5: Record<string, DType> = {
  '0:1': 'int8',
  '0:2': 'int16',
  '0:4': 'int32',
  '0:8': 'int64',
  '0:u1': 'uint8',
  '0:u4': 'uint32',
  '1:2': 'float16',
  '1:4': 'float32',
  '1:8': 'float64',
  '8:1': 'bool',
};

function toTypedArray(value: unknown, dtype: DType): TypedArray {
  if (ArrayBuffer.isView(value)) {
    if (value instanceof Uint8Array && dtype === 'bfloat16') return new Uint16Array(value.slice().buffer);
    if (value instanceof Int16Array && dtype === 'bfloat16') return new Uint16Array(value.slice().buffer);
    return value as TypedArray;
  }
  if (typeof value === 'bigint') return BigInt64Array.of(value);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  const numbers = Array.isArray(value) ? (value as number[]) : [value as number];
  const constructors = {
    float64: Float64Array,
    int32: Int32Array,
    uint32: Uint32Array,
    bool: Uint8Array,
  } as const;
  const Constructor = constructors[dtype as keyof typeof constructors] ?? Float32Array;
  return Constructor.from(numbers.map(Number));
}
