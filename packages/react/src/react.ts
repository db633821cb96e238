export {
  useMay,
  useMembers,
  useMessages,
  useNotifications,
  useRoom,
  useRooms,
  useStatus,
  useThread,
  useTyping,
} from './hooks.ts';
export {MadangChat, type MadangChatProps} from './madang-chat.tsx';
export {MadangProvider, useMadang, type AnyClient} from './provider.tsx';
export type {ChatLanguage, ChatTexts} from './texts.ts';
export {useFileUrl} from './use-file-url.ts';
