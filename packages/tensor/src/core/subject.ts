/** An index that was found out of range while a program ran. */
export interface IndexFault {
  readonly index: number;
  /** The axis of which an entry was to be picked, and how many it has: indices are 0 to `extent - 1`. */
  readonly axis: number;
  readonly extent: number;
  /** Where among the indices it stands. */
  readonly position: readonly number[];
}

type Explain = (fault: IndexFault) => string;

const explanations = new Map<string, Explain>();
const SUBJECT = /\/?(<[^/]*>)$/;

/** The part of a scope that stands for a subject. */
export function addSubject(name: string, explain: Explain): string {
  const part = `<${name}>`;
  explanations.set(part, explain);
  return part;
}

/** A scope's path of layers, and how faults at its subject, where it ends in one, are explained. */
export function splitSubject(scope: string): { path: string; explain: Explain | undefined } {
  const explain = explanations.get(SUBJECT.exec(scope)?.[1] ?? '');
  return { path: explain ? scope.replace(SUBJECT, '') : scope, explain };
}
