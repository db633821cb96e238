/**
 * Records what was sent to one room and who has received it. Each acknowledged message must be stored, and delivered to
 * everyone in the room in one order, once and unchanged. It does no I/O.
 */
import type {Message} from '@madang/protocol/messages';

export type Breach = 'lost' | 'repeated' | 'misordered' | 'altered';
/** The fields that history and live delivery have in common. */
export type Heard = Pick<Message, 'seq' | 'clientId' | 'text'>;

type Sent = {
  text: string;
  /** The highest seq acknowledged before this send began. Its own seq must be higher. */
  floor: number;
  acknowledged?: number;
};

export class Ledger {
  readonly #base: number;
  readonly #report: (breach: Breach, times: number, detail: string) => void;
  readonly #sent = new Map<string, Sent>();
  readonly #seqs = new Map<string, number>();
  readonly #listeners = new Map<number, number>();
  /** How far each listener has read. */
  readonly #positions: number[];
  #highest = 0;

  /** Counts the messages after `base`, the rev up to which the last listener may have come too late. */
  constructor(
    {listeners, base}: {listeners: number; base: number},
    report: (breach: Breach, times: number, detail: string) => void,
  ) {
    this.#base = base;
    this.#positions = Array.from({length: listeners}, () => base);
    this.#report = report;
  }

  begin(clientId: string, text: string): void {
    this.#sent.set(clientId, {text, floor: this.#highest});
  }

  acknowledge(clientId: string, seq: number): void {
    const sent = this.#sent.get(clientId);
    if (!sent) return;
    if (seq <= sent.floor) this.#report('misordered', 1, `sent after ${sent.floor}, stored as ${seq}`);
    sent.acknowledged = seq;
    this.#highest = Math.max(this.#highest, seq);
    this.#place(clientId, seq);
  }

  hear(listener: number, message: Heard): void {
    const {seq, clientId} = message;
    if (seq <= this.#base) return;
    this.#compare(message);
    if (!this.#place(clientId, seq)) return;
    const position = this.#positions[listener]!;
    if (seq <= position) {
      const breach = seq === position ? 'repeated' : 'misordered';
      return this.#report(breach, 1, `listener ${listener} heard ${seq} after ${position}`);
    }
    this.#positions[listener] = seq;
    this.#listeners.set(seq, (this.#listeners.get(seq) ?? 0) + 1);
  }

  /** Returns how many deliveries of the room's history are still missing. */
  missing(history: readonly Heard[]): number {
    return history.reduce((sum, {seq}) => sum + this.#unheard(seq), 0);
  }

  /** Gives the verdict once nothing more is expected. `history` is what the server stores above `base`. */
  close(history: readonly Heard[]): void {
    const stored = new Map(history.map(({seq, clientId}) => [clientId, seq]));
    for (const {seq} of history) {
      const unheard = this.#unheard(seq);
      if (unheard > 0) this.#report('lost', unheard, `${seq} was not heard by ${unheard} listeners`);
    }
    for (const {seq, clientId} of history) {
      if (stored.get(clientId) !== seq) this.#report('repeated', 1, `${clientId} is stored twice`);
    }
    for (const [clientId, {acknowledged}] of this.#sent) {
      if (acknowledged !== undefined && stored.get(clientId) !== acknowledged) {
        this.#report('lost', 1, `${acknowledged} was acknowledged, and is not stored`);
      }
    }
  }

  #unheard(seq: number): number {
    return seq > this.#base ? this.#positions.length - (this.#listeners.get(seq) ?? 0) : 0;
  }

  #compare({seq, clientId, text}: Heard): void {
    const sent = this.#sent.get(clientId);
    if (sent && sent.text !== text) this.#report('altered', 1, `${seq} came as "${text}"`);
  }

  /** Returns false when the same message already has another seq. */
  #place(clientId: string, seq: number): boolean {
    const known = this.#seqs.get(clientId);
    if (known === undefined) this.#seqs.set(clientId, seq);
    else if (known !== seq) this.#report('repeated', 1, `${clientId} is both ${known} and ${seq}`);
    return known === undefined || known === seq;
  }
}
