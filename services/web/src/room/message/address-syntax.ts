import type {CompileContext, Extension as TreeExtension} from 'mdast-util-from-markdown';
import type {Code, Construct, Effects, Extension, State, Token, TokenizeContext} from 'micromark-util-types';
import {addressAt, addressStart} from './address.ts';

declare module 'mdast' {
  interface AddressNode extends Literal {
    type: 'address';
  }
  interface PhrasingContentMap {
    address: AddressNode;
  }
  interface RootContentMap {
    address: AddressNode;
  }
}
declare module 'micromark-util-types' {
  interface TokenTypeMap {
    address: 'address';
  }
}

const startsHere = new RegExp(addressStart.source, 'uy');
/** Marks that may enclose an address. The characters of both also occur in addresses. */
const pairs = /(?:\*\*|~~)(?![A-Za-z0-9/])/;
const endMarks = /[*_~]+$/;

/** Lets the parser of Markdown take each address as one thing, so that no mark within it means anything. */
export function addressSyntax(source: string): Extension {
  const construct: Construct = {
    name: 'address',
    tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State) {
      let left = writtenAt(source, this.now().offset).length;
      const inside = (code: Code): State | undefined => {
        effects.consume(code);
        left -= 1;
        if (left > 0) return inside;
        effects.exit('address');
        return ok;
      };
      return (code) => {
        if (left === 0) return nok(code);
        effects.enter('address');
        return inside(code);
      };
    },
  };
  const letters = ['H', 'h', 'M', 'm', 'W', 'w'].map((letter) => [letter.charCodeAt(0), construct] as const);
  return {text: Object.fromEntries(letters)};
}

/** Returns the text of the address that begins here, or nothing. What closes a mark before it is not part of it. */
function writtenAt(source: string, start: number): string {
  startsHere.lastIndex = start;
  const text = startsHere.test(source) ? (addressAt(source, start)?.text ?? '') : '';
  if (text === '') return '';
  const before = source.slice(source.lastIndexOf('\n', start) + 1, start);
  const closing = [pairs, endMarks].flatMap((pattern) => pattern.exec(text) ?? []);
  for (const mark of closing) {
    const shorter = text.slice(0, text.indexOf(mark, text.length > mark.length ? 1 : 0));
    if (before.includes(mark) && addressAt(shorter, 0)?.text === shorter) return shorter;
  }
  return text;
}

export const addressTree: TreeExtension = {
  enter: {
    address(this: CompileContext, token: Token) {
      this.enter({type: 'address', value: this.sliceSerialize(token)}, token);
    },
  },
  exit: {
    address(this: CompileContext, token: Token) {
      this.exit(token);
    },
  },
};
