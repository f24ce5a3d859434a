export {
  AdditiveAttention,
  Attention,
  type AttentionCallOptions,
  type AttentionOptions,
} from './attention.js';
export { GroupedQueryAttention, GroupQueryAttention } from './grouped-query-attention.js';
export type { HeadsArguments, HeadsCallOptions, HeadsOptions } from './heads.js';
export { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.js';
