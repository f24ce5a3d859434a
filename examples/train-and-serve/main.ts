// A web server that answers predictions while its model is being trained: training works on a native thread.
//   curl localhost:3000/status
//   curl -X POST localhost:3000/predict -H 'content-type: application/json' -d '{"pixels": [0, 0.5, …784 numbers]}'
// Arguments: --epochs 5 --limit 10000 --port 3000 --serve 1 (0: end when the training has ended)
import Fastify from 'fastify';
import { callbacks, Input, type Logs, layers, Sequential, setRandomSeed, tensor } from 'ibex';
import { loadDigits } from '../lib/digits.js';
import { numbersFrom } from '../lib/options.js';

const { epochs, limit, port, serve } = numbersFrom({ epochs: 5, limit: 10_000, port: 3000, serve: 1 });
setRandomSeed(23);

const model = new Sequential([
  Input({ shape: [28, 28, 1] }),
  new layers.Conv2D(16, 3, { activation: 'relu' }),
  new layers.MaxPooling2D(2),
  new layers.Flatten(),
  new layers.Dense(64, { activation: 'relu' }),
  new layers.Dense(10, { activation: 'softmax' }),
]);
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });

const status: { training: boolean; epoch: number; logs: Logs } = { training: true, epoch: 0, logs: {} };
const server = Fastify();
server.get('/status', () => status);
server.post<{ Body: { pixels: number[] } }>(
  '/predict',
  {
    schema: {
      body: {
        type: 'object',
        required: ['pixels'],
        properties: { pixels: { type: 'array', items: { type: 'number' }, minItems: 784, maxItems: 784 } },
      },
    },
  },
  async ({ body }) => {
    const image = tensor(Float32Array.from(body.pixels), { shape: [1, 28, 28, 1] });
    const scores = [...(await (await model.predictOnBatch(image)).data())].map(Number);
    return { digit: scores.indexOf(Math.max(...scores)), scores };
  },
);
const address = await server.listen({ port });
console.log(`Listening at ${address}`);

const { train, test } = await loadDigits(limit);
await model.fit(train.images, train.labels, {
  epochs,
  validationData: [test.images, test.labels],
  callbacks: [
    new callbacks.LambdaCallback({
      onEpochEnd: (epoch, logs) => {
        status.epoch = epoch + 1;
        status.logs = logs;
      },
    }),
  ],
});
status.training = false;
if (serve === 0) await server.close();
