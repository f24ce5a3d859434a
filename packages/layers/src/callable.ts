/**
 * `instance` as a function: an object of the same class and with the same properties that can also be called. A
 * constructor that returns it makes the instances of its class, and of all subclasses, callable: fields of subclasses,
 * private ones too, are installed on what the base's constructor returns.
 */
export function makeCallable<T extends object>(
  instance: T,
  invoke: (self: T, args: unknown[]) => unknown,
): T {
  const callable = ((...args: unknown[]) => invoke(callable as unknown as T, args)) as unknown as T;
  // A function has a name and a length of its own, which would hide those of the class.
  Reflect.deleteProperty(callable, 'name');
  Reflect.deleteProperty(callable, 'length');
  Object.defineProperties(callable, Object.getOwnPropertyDescriptors(instance));
  return Object.setPrototypeOf(callable, Object.getPrototypeOf(instance)) as T;
}

/** A base of classes whose instances are called to invoke them. */
export abstract class Invocable {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: this is how instances come to be callable
    return makeCallable<Invocable>(this, (self, args) => self.invoke(...args));
  }

  abstract invoke(...args: unknown[]): unknown;
}
