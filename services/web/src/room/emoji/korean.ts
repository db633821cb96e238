import lines from 'virtual:emoji-ko';
import {readEmoji} from './emoji.ts';

export const emoji = readEmoji(lines);
