// Callbacks: what watches and steers training.
export { Callback, type CallbackParams, History, type Logs } from '@ibex/models';
export { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.js';
export { CSVLogger, type CSVLoggerOptions } from './csv-logger.js';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.js';
export { type Hooks, LambdaCallback } from './lambda-callback.js';
export { LearningRateScheduler, ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './learning-rate.js';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.js';
export { MonitorCallback, type MonitorMode, type MonitorOptions } from './monitor.js';
export { TerminateOnNaN, type TerminateOnNaNOptions } from './terminate-on-nan.js';
