// The functions that gradients are written with. Definitions come before them, so they get them handed in.
import { provideOps } from '../core/registry.js';
import * as ops from './gradient-functions.js';

provideOps(ops);

export * from './gradient-functions.js';
