import { ValueError } from '@ibex/tensor';

const FIELD = /\{([^{}:]*)(?::([^{}]*))?\}/g;
const FORMAT = /^(0?)(\d*)(?:\.(\d+))?([dfeg]?)$/;

/**
 * A file's name of a template: `{name}`, `{name:02d}`, `{name:.3f}`, `{name:.2e}` and `{name:.4g}` stand for values, as
 * Python formats them. Throws `ValueError` for names that are not there, and for other formats.
 */
export function fillIn(template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(FIELD, (field, name: string, format = '') => {
    const value = values[name];
    if (value === undefined) {
      throw new ValueError(
        `The file name '${template}' asks for '${name}', but there are ${Object.keys(values).join(', ')}.`,
      );
    }
    const [, zero, width, digits, kind] = FORMAT.exec(format) ?? [];
    if (kind === undefined || (kind === 'd' && (digits !== undefined || !Number.isInteger(value)))) {
      throw new ValueError(
        `The file name '${template}' has ${field}, which can't format ${value}: use formats as 02d, .2f, .2e, .4g.`,
      );
    }
    return written(value, kind, digits).padStart(Number(width), zero === '0' ? '0' : ' ');
  });
}

function written(value: number, kind: string, digits: string | undefined): string {
  const precision = digits === undefined ? 6 : Number(digits);
  if (kind === 'f') return value.toFixed(precision);
  if (kind === 'e') return twoDigits(value.toExponential(precision));
  if (kind === 'd' || digits === undefined) return String(value);
  const rounded = value.toPrecision(Math.max(1, precision));
  const [mantissa = '', exponent] = rounded.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return exponent === undefined ? short : twoDigits(`${short}e${exponent}`);
}

/** Exponents as Python writes them: `1.5e-07`. */
function twoDigits(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
