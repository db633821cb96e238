import lines from 'virtual:emoji-en';
import {readEmoji} from './emoji.ts';

export const emoji = readEmoji(lines);
