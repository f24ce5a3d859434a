import { provideSymbolic } from '../public-op.js';
import { callSymbolically, FunctionOperation } from './operation.js';

provideSymbolic((name, fn, args) => callSymbolically(new FunctionOperation(name, fn), args));

export { inferOutputs } from './infer.js';
export { isKerasTensor, KerasTensor, type SymbolicShape } from './keras-tensor.js';
export { callSymbolically, FunctionOperation, type Operation, SymbolicNode } from './operation.js';
