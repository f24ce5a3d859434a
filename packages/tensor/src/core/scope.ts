import { provideScope } from './errors.js';
import { addSubject, type IndexFault, splitSubject } from './subject.js';

let current = '';

provideScope(() => splitSubject(current).path);

/** The names of the scopes that the running code is in, joined by `/`: the path of variables made in it, and of errors. */
export function currentScope(): string {
  return current;
}

/** Runs `body` within a scope of the given name; an empty name adds none. */
export function nameScope<T>(name: string, body: () => T): T {
  return name === '' ? body() : atScope(current === '' ? name : `${current}/${name}`, body);
}

/** Runs `body` as if no scope were open. */
export function rootScope<T>(body: () => T): T {
  return atScope('', body);
}

/** Runs `body` as if in a scope that was current elsewhere. */
export function atScope<T>(scope: string, body: () => T): T {
  const before = current;
  current = scope;
  try {
    return body();
  } finally {
    current = before;
  }
}

/**
 * A scope for calls that pick by index, so that the error of an index out of range, also of one found in their
 * gradient, speaks of what the indices are.
 * @param name - what the indices are, as dumps show it
 * @param explain - the message
 */
export function indexScope(name: string, explain: (fault: IndexFault) => string): <T>(body: () => T) => T {
  const part = addSubject(name, explain);
  return (body) => nameScope(part, body);
}
