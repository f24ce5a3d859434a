// What tests import from 'vitest', on the parts of vitest that run anywhere: its own program needs a bundler of the platform
// and a folder of packages, which the portable bundle leaves behind.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { restoreAllMocks, spyOn } from '@vitest/spy';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** @type {(value: unknown, message?: string) => unknown} */
const check = (value, message) => {
  setState({ assertionCalls: (getState(expect).assertionCalls ?? 0) + 1 }, expect);
  return chai.expect(value, message);
};
export const expect = Object.assign(check, chai.expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT), {
  /** @param {string} [message] */
  unreachable(message) {
    chai.assert.fail(`expected${message ? ` "${message}" ` : ' '}not to be reached`);
  },
});
setState({ assertionCalls: 0 }, expect);

export const vi = { restoreAllMocks, spyOn };
