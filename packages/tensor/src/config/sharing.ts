// Objects that stand in several places of a model, as Keras's files mark them: all of their places have one number.

interface Marked {
  shared_object_id?: number;
}

interface Scope {
  readonly written: Map<object, Marked>;
  readonly read: Map<number, object>;
}

let scope: Scope | null = null;

/** Within `body` what is written of an object in several places is marked, and what was read of a mark is read once. */
export function sharingScope<T>(body: () => T): T {
  const before = scope;
  scope = { written: new Map(), read: new Map() };
  try {
    return body();
  } finally {
    scope = before;
  }
}

/** Called with each object and what is written of it. */
export function noteWritten(object: object, json: Marked): void {
  if (!scope) return;
  const first = scope.written.get(object);
  if (first === undefined) {
    scope.written.set(object, json);
    return;
  }
  first.shared_object_id ??=
    1 + [...scope.written.values()].filter((other) => 'shared_object_id' in other).length;
  json.shared_object_id = first.shared_object_id;
}

/** The object that was read before of the same mark. */
export function findRead({ shared_object_id: id }: Marked): object | undefined {
  return id === undefined ? undefined : scope?.read.get(id);
}

export function noteRead(object: object, { shared_object_id: id }: Marked): void {
  if (id !== undefined) scope?.read.set(id, object);
}
