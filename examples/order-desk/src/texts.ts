/** The texts of the pages, in both languages. Server and page script read them. */
export type Language = 'ko' | 'en';

const korean = {
  title: '주문 데스크',
  name: '이름',
  password: '비밀번호 (8자 이상)',
  customer: '손님',
  shop: '가게',
  enter: '들어가기',
  leave: '나가기',
  wrong_password: '비밀번호가 맞지 않습니다.',
  rate_limited: '시도가 너무 많습니다. 몇 분 뒤에 다시 해 주세요.',
  invalid: '이름은 1~32자, 비밀번호는 8~128자로 적어 주세요.',
  failed: '지금은 할 수 없습니다. 잠시 뒤에 다시 해 주세요.',
  orders: '주문',
  noOrders: '아직 주문이 없습니다.',
  item: '무엇을 주문할까요?',
  order: '주문하기',
  accept: '승인하기',
  placed: '접수됨',
  accepted: '승인됨',
  unread: '읽지 않은 알림',
  dismiss: '닫기',
  show: '주문 보기',
  offline: '연결이 끊겼습니다. 다시 연결하는 중입니다.',
  'order.placed': '주문이 들어왔습니다.',
  'order.accepted': '주문이 승인되었습니다.',
};

export type Texts = typeof korean;

const english: Texts = {
  title: 'Order desk',
  name: 'Name',
  password: 'Password (8 characters or more)',
  customer: 'Customer',
  shop: 'Shop',
  enter: 'Enter',
  leave: 'Leave',
  wrong_password: 'The password is wrong.',
  rate_limited: 'Too many tries. Please wait a few minutes and try again.',
  invalid: 'A name has 1 to 32 characters, a password 8 to 128.',
  failed: 'This cannot be done now. Please try again in a moment.',
  orders: 'Orders',
  noOrders: 'No orders yet.',
  item: 'What would you like?',
  order: 'Order',
  accept: 'Accept',
  placed: 'placed',
  accepted: 'accepted',
  unread: 'Unread notifications',
  dismiss: 'Dismiss',
  show: 'Show the order',
  offline: 'The connection is lost. Connecting again.',
  'order.placed': 'An order has come in.',
  'order.accepted': 'Your order was accepted.',
};

export const texts: Record<Language, Texts> = {ko: korean, en: english};

/** Returns the language of an Accept-Language header: Korean unless English comes first. */
export function languageOf(header: string | undefined): Language {
  const first = /\b(ko|en)\b/i.exec(header ?? '')?.[1]?.toLowerCase();
  return first === 'en' ? 'en' : 'ko';
}
