/** The interface texts of the ready-made conversation. */
export type ChatTexts = {
  log: (title: string) => string;
  earlier: string;
  empty: string;
  field: string;
  send: string;
  sending: string;
  deleted: string;
  edited: string;
  connecting: string;
  ended: string;
  notIn: string;
  mayNotSend: string;
  failed: string;
  tooFast: string;
  typing: (names: string) => string;
  direct: string;
};

export type ChatLanguage = 'en' | 'ko';

export const texts: Readonly<Record<ChatLanguage, ChatTexts>> = {
  en: {
    log: (title) => `Messages in ${title}`,
    earlier: 'Show earlier messages',
    empty: 'Nobody has written anything yet.',
    field: 'Message',
    send: 'Send',
    sending: 'Sending…',
    deleted: 'This message was deleted.',
    edited: 'edited',
    connecting: 'Connecting…',
    ended: 'You are signed out.',
    notIn: 'You are not in this room.',
    mayNotSend: 'You cannot write in this room now.',
    failed: 'The message was not sent. You can try again.',
    tooFast: 'Too many messages at once. Wait a moment, then try again.',
    typing: (names) => `${names} writing…`,
    direct: 'Direct messages',
  },
  ko: {
    log: (title) => `${title}의 메시지`,
    earlier: '이전 메시지 보기',
    empty: '아직 메시지가 없습니다.',
    field: '메시지',
    send: '보내기',
    sending: '보내는 중…',
    deleted: '삭제된 메시지입니다.',
    edited: '수정됨',
    connecting: '연결하는 중…',
    ended: '로그아웃되었습니다.',
    notIn: '이 방에 들어와 있지 않습니다.',
    mayNotSend: '지금은 이 방에 쓸 수 없습니다.',
    failed: '메시지를 보내지 못했습니다. 다시 시도할 수 있습니다.',
    tooFast: '메시지가 너무 많습니다. 잠시 후 다시 시도해 주세요.',
    typing: (names) => `${names} 님이 입력하고 있습니다…`,
    direct: '1:1 대화',
  },
};
