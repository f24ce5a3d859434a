import { tensor } from '../core/create.js';
import { toDType } from '../core/dtype.js';
import { ValueError } from '../core/errors.js';
import type { NestedArray } from '../core/host.js';
import { isKerasTensor } from '../core/symbolic/keras-tensor.js';
import { Tensor } from '../core/tensor.js';
import { mapKeys, toCamelKey, toSnakeKey } from './key-case.js';
import {
  customObjectScope,
  findSerializable,
  publicNameOf,
  registeredNameOf,
  type Serializable,
} from './registration.js';
import { findRead, noteRead, noteWritten } from './sharing.js';

/** An object in Keras's JSON. */
export interface SerializedObject {
  readonly module?: string | null;
  readonly class_name: string;
  readonly config: unknown;
  readonly registered_name?: string | null;
  readonly build_config?: Readonly<Record<string, unknown>> | null;
  readonly compile_config?: Readonly<Record<string, unknown>> | null;
  /** The number of an object that stands in several places. */
  shared_object_id?: number;
}

/** What objects may have to take part. */
interface Configurable {
  getConfig(): Record<string, unknown>;
  getBuildConfig?(): Record<string, unknown> | null;
  getCompileConfig?(): Record<string, unknown> | null;
  buildFromConfig?(config: Record<string, unknown>): void;
  compileFromConfig?(config: Record<string, unknown>): void;
}

interface ConfigurableClass {
  /**
   * True for classes whose `getConfig` and `fromConfig` speak Keras's JSON themselves: keys as they are in files, and
   * objects within not made yet. Models do, whose layers come with the graph between them.
   */
  readonly rawConfig?: boolean;
  fromConfig(config: Record<string, unknown>): object;
}

/**
 * A value in Keras's JSON: objects with `getConfig` as `{ module, class_name, config, registered_name }`, with the keys of
 * their configurations in snake_case. Throws `ValueError` for what can't be written.
 */
export function serializeObject(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number(value);
    case 'function':
      return isConfigurable(value) ? serializeInstance(value) : serializeFunction(value as Serializable);
    case 'object':
      break;
    default:
      throw new ValueError(`A ${typeof value} can't be saved in a configuration.`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(serializeObject);
  if (value instanceof Tensor) {
    return { class_name: '__tensor__', config: { value: value.arraySync(), dtype: value.dtype } };
  }
  if (ArrayBuffer.isView(value)) {
    const held = tensor(value as never);
    return { class_name: '__numpy__', config: { value: held.arraySync(), dtype: held.dtype } };
  }
  if (isKerasTensor(value)) {
    const history =
      value.operation === null ? null : [value.operation.name, value.nodeIndex, value.tensorIndex];
    return {
      class_name: '__keras_tensor__',
      config: { shape: value.shape, dtype: value.dtype, keras_history: history },
    };
  }
  if (isConfigurable(value)) return serializeInstance(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new ValueError(
      `An object of class ${value.constructor.name} can't be saved: it has no getConfig().`,
    );
  }
  return serializeEntries(value as Record<string, unknown>);
}

function serializeEntries(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, serializeObject(entry)]));
}

function isConfigurable(value: unknown): value is Configurable {
  return typeof (value as Partial<Configurable>).getConfig === 'function';
}

function serializeInstance(object: Configurable): SerializedObject {
  const cls = object.constructor as Serializable & Partial<ConfigurableClass>;
  const config = serializeEntries(object.getConfig());
  const known = publicNameOf(cls);
  const build = object.getBuildConfig?.();
  const compile = object.getCompileConfig?.();
  const json: SerializedObject = {
    module: known?.module ?? null,
    class_name: known?.name ?? cls.name,
    config: cls.rawConfig ? config : mapKeys(config, toSnakeKey),
    registered_name: known ? null : registeredNameOf(cls),
    ...(build && { build_config: mapKeys(serializeEntries(build), toSnakeKey) }),
    ...(compile && { compile_config: mapKeys(serializeEntries(compile), toSnakeKey) }),
  };
  noteWritten(object, json);
  return json;
}

function serializeFunction(fn: Serializable): unknown {
  const known = publicNameOf(fn);
  const name = known?.name ?? registeredNameOf(fn);
  if (name === '')
    throw new ValueError(
      "A function without a name can't be saved; register it with registerSerializable().",
    );
  return {
    module: known?.module ?? 'builtins',
    class_name: 'function',
    config: name,
    registered_name: known ? name : registeredNameOf(fn),
  };
}

export interface DeserializeOptions {
  /** Classes and functions by the names that files give them. */
  readonly customObjects?: Readonly<Record<string, Serializable>> | undefined;
  /** Where names are looked up that come without a module: `'keras.layers'`. */
  readonly module?: string | undefined;
}

/**
 * The value that Keras's JSON stands for. Objects in the configuration of an object are made first.
 * Throws `ValueError` for unknown classes, and for Python code, which is not run.
 */
export function deserializeObject(json: unknown, options: DeserializeOptions = {}): unknown {
  const { customObjects, module } = options;
  return customObjects ? customObjectScope(customObjects, () => revive(json, module)) : revive(json, module);
}

/** Whether JSON stands for an object of a class. */
export function isSerializedObject(json: unknown): json is SerializedObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  return 'class_name' in json && typeof json.class_name === 'string' && 'config' in json;
}

function revive(json: unknown, module: string | undefined): unknown {
  if (Array.isArray(json)) return json.map((entry) => revive(entry, module));
  if (typeof json !== 'object' || json === null) return json;
  if (!isSerializedObject(json)) {
    return Object.fromEntries(Object.entries(json).map(([key, entry]) => [key, revive(entry, module)]));
  }
  const special = SPECIAL[json.class_name];
  if (special) return special(json, module);
  return reviveInstance(json, module);
}

const SPECIAL: Readonly<Record<string, (json: SerializedObject, module: string | undefined) => unknown>> = {
  __tuple__: (json, module) => revive((json.config as { value: unknown }).value, module),
  __tensor__: reviveTensor,
  __numpy__: reviveTensor,
  __lambda__: () => {
    throw new ValueError(
      "The file holds a Python lambda, which can't be run here. Register a function of the same meaning and save the model with its name.",
    );
  },
  // References within a model's graph are the model's matter.
  __keras_tensor__: (json) => json,
  function: reviveFunction,
};

function reviveTensor({ config }: SerializedObject): Tensor {
  const { value, dtype } = config as { value: NestedArray; dtype: string };
  return tensor(value, { dtype: toDType(dtype) });
}

function reviveFunction(json: SerializedObject, module: string | undefined): unknown {
  const name = String(json.config);
  const found = findSerializable(name, {
    module: json.module ?? module,
    registeredName: json.registered_name,
  });
  const other = found ?? (module === undefined ? undefined : findSerializable(name, { module }));
  if (other === undefined) throw unknown('function', name, json);
  return other;
}

function reviveInstance(json: SerializedObject, module: string | undefined): object {
  const shared = findRead(json);
  if (shared) return shared;
  const { class_name: name, registered_name: registeredName } = json;
  const cls = (findSerializable(name, { module: json.module ?? module, registeredName }) ??
    (module === undefined ? undefined : findSerializable(name, { module }))) as
    | (Serializable & Partial<ConfigurableClass>)
    | undefined;
  if (cls === undefined) throw unknown('class', name, json);
  if (typeof cls.fromConfig !== 'function') {
    throw new ValueError(`The class '${name}' has no static fromConfig(), so no object of it can be made.`);
  }
  const raw = (json.config ?? {}) as Record<string, unknown>;
  const config = cls.rawConfig ? raw : mapKeys(revive(raw, undefined) as Record<string, unknown>, toCamelKey);
  const object = cls.fromConfig(config) as Configurable;
  if (json.build_config) object.buildFromConfig?.(mapKeys(json.build_config, toCamelKey));
  if (json.compile_config) object.compileFromConfig?.(mapKeys(json.compile_config, toCamelKey));
  noteRead(object, json);
  return object;
}

function unknown(
  kind: string,
  name: string,
  { module, registered_name: registered }: SerializedObject,
): ValueError {
  const where = module ? ` of ${module}` : '';
  return new ValueError(
    `The ${kind} '${registered ?? name}'${where} is not known. If it is your own, register it with registerSerializable() or pass it in customObjects.`,
  );
}
