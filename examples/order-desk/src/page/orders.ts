import type {Order} from '../orders.ts';
import type {Texts} from '../texts.ts';

/** Shows the orders again. Only a shop has `accept`. */
export function showOrders(
  list: HTMLElement,
  orders: readonly Order[],
  t: Texts,
  accept?: (order: Order) => void,
): void {
  const rows = orders.map((order) => {
    const row = document.createElement('li');
    row.id = `order-${order.id}`;
    row.dataset['state'] = order.state;
    row.append(
      textIn('span', `${order.item}: ${order.customer} → ${order.shop}`),
      textIn('strong', t[order.state]),
    );
    if (accept && order.state === 'placed') row.append(buttonOf(t.accept, () => accept(order)));
    return row;
  });
  list.replaceChildren(...(rows.length > 0 ? rows : [textIn('li', t.noOrders)]));
}

export function textIn(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

export function buttonOf(text: string, act: () => void): HTMLElement {
  const button = textIn('button', text);
  button.addEventListener('click', act);
  return button;
}
