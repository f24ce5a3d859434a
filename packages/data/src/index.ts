export { Dataset, type ElementStream, type RowsOf, type ShuffleOptions, type Slices } from './dataset.js';
export { HostRandom } from './host-random.js';
