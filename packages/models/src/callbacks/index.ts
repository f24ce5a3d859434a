export { Callback, type CallbackParams, type HookName, type Logs } from './callback.js';
export { CallbackList, sortLogs } from './callback-list.js';
export { History } from './history.js';
export { formatLogs, ProgressBar, type ProgressOutput } from './progress-bar.js';
export { ProgressLogger } from './progress-logger.js';
