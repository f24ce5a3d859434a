import { ValueError } from '../core/errors.js';

// Which classes and functions can be named in files.

// biome-ignore lint/suspicious/noExplicitAny: classes of all constructors
export type Class = abstract new (...args: any[]) => object;
/** A class, or a plain function such as an activation. */
export type Serializable = Class | ((...args: never[]) => unknown);

interface PublicName {
  readonly module: string;
  readonly name: string;
}

const byPublicName = new Map<string, Serializable>();
const publicNames = new WeakMap<object, PublicName>();
const byRegisteredName = new Map<string, Serializable>();
const registeredNames = new WeakMap<object, string>();

/** Objects of Keras's public API, under the module that Keras gives in files, as `'keras.layers'`. */
export function registerKerasObjects(module: string, objects: Readonly<Record<string, Serializable>>): void {
  for (const [name, object] of Object.entries(objects)) {
    byPublicName.set(`${module}.${name}`, object);
    // An alias must not take the place of the name that is written.
    if (!publicNames.has(object)) publicNames.set(object, { module, name });
  }
}

export interface RegistrationOptions {
  /** Default `'Custom'`. */
  readonly package?: string;
  /** Default: the class's or function's name. */
  readonly name?: string;
}

/**
 * Makes an own class or function known under `package>name`, so that models that use it can be saved and loaded:
 * `registerSerializable({ package: 'my' })(MyLayer)`. After `keras.saving.register_keras_serializable`.
 */
export function registerSerializable(
  options: RegistrationOptions = {},
): <T extends Serializable>(object: T) => T {
  return (object) => {
    const registered = `${options.package ?? 'Custom'}>${options.name ?? object.name}`;
    const known = byRegisteredName.get(registered);
    if (known !== undefined && known !== object) {
      throw new ValueError(`'${registered}' is registered already, for another class or function.`);
    }
    byRegisteredName.set(registered, object);
    registeredNames.set(object, registered);
    return object;
  };
}

/** Names that are known while a body runs, innermost last. */
const customScopes: Readonly<Record<string, Serializable>>[] = [];

/** Makes classes and functions known by name within `body`. After `keras.saving.custom_object_scope`. */
export function customObjectScope<T>(objects: Readonly<Record<string, Serializable>>, body: () => T): T {
  customScopes.push(objects);
  try {
    return body();
  } finally {
    customScopes.splice(customScopes.lastIndexOf(objects), 1);
  }
}

/** How an object's class, or a function, is named in files. */
export function publicNameOf(object: Serializable): PublicName | undefined {
  return publicNames.get(object);
}

/** `package>name`, or the plain name of what was not registered. */
export function registeredNameOf(object: Serializable): string {
  return registeredNames.get(object) ?? object.name;
}

/** The class or function of a name in a file: given by the user, registered, or of Keras's API. */
export function findSerializable(
  name: string,
  {
    module,
    registeredName,
  }: { readonly module?: string | null | undefined; readonly registeredName?: string | null | undefined },
): Serializable | undefined {
  for (let i = customScopes.length - 1; i >= 0; i--) {
    const scope = customScopes[i]!;
    for (const key of [registeredName, name]) {
      if (typeof key === 'string' && Object.hasOwn(scope, key)) return scope[key];
    }
  }
  if (registeredName) {
    const registered =
      byRegisteredName.get(registeredName) ?? byRegisteredName.get(`Custom>${registeredName}`);
    if (registered) return registered;
  }
  if (!module) return undefined;
  // `keras.src.layers.core.dense`, which files of classes outside of the public API name, is `keras.layers`.
  const candidates = [module, module.replace(/^keras\.src\.(\w+).*$/, 'keras.$1'), 'keras'];
  for (const candidate of candidates) {
    const found = byPublicName.get(`${candidate}.${name}`);
    if (found) return found;
  }
  return undefined;
}
