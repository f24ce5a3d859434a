#!/usr/bin/env node
import { diagnose } from './doctor.js';

const USAGE = `Usage: ibex doctor

  doctor   says which devices Ibex can use here, what it found, and what to install
`;

const [command, ...rest] = process.argv.slice(2);
if (command === 'doctor' && rest.length === 0) {
  const { text, ok } = diagnose();
  process.stdout.write(text);
  process.exitCode = ok ? 0 : 1;
} else {
  process.stderr.write(USAGE);
  process.exitCode = command === undefined || command === '--help' ? 0 : 2;
}
