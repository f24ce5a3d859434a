// Everything of Ibex under one name: `import * as ibex from 'ibex'`.
export * as callbacks from '@ibex/callbacks';
export * as data from '@ibex/data';
export { Dataset } from '@ibex/data';
export * as layers from '@ibex/layers';
export { type CallOptions, Input, Layer } from '@ibex/layers';
export * as losses from '@ibex/losses';
export * as metrics from '@ibex/metrics';
export * as models from '@ibex/models';
export { type Logs, loadModel, Model, Sequential } from '@ibex/models';
export * as optimizers from '@ibex/optimizers';
export * from '@ibex/tensor';
