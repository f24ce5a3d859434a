export { Bidirectional, type BidirectionalOptions, type MergeMode } from './bidirectional.js';
export type { CellOptions, RnnCell, StateSize, States } from './cell.js';
export { GRUCell, type GRUCellOptions } from './gru-cell.js';
export { GRU, type GRUOptions, LSTM, type LSTMOptions, SimpleRNN, type SimpleRNNOptions } from './layers.js';
export { LSTMCell, type LSTMCellOptions } from './lstm-cell.js';
export { RNN, type RNNCallOptions, type RNNOptions } from './rnn.js';
export { SimpleRNNCell, type SimpleRNNCellOptions } from './simple-rnn-cell.js';
export { StackedRNNCells } from './stacked-cells.js';
export { TimeDistributed } from './time-distributed.js';
