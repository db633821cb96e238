/** Finds elements that extend beyond an edge: of the window, of their column, or of the element that clips them. */
import type {Person} from './person.ts';

/** From a small phone to a large screen. 160 and 640 are the widths of windows of 320 and 1,280 at 200 %. */
const widths = [160, 320, 390, 640, 768, 1280, 1920] as const;

/** Returns what extends beyond an edge in the current page, at each of the widths. */
export async function beyondEdges({page}: Person): Promise<string[]> {
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({width, height: 800});
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    found.push(...(await page.evaluate(findBeyond)).map((part) => `${width}: ${part}`));
  }
  return found;
}

/** Runs in the page. A title that ends in an ellipsis is cut off on purpose; nothing else may be. */
function findBeyond(): string[] {
  const nameOf = (element: Element) =>
    `${element.tagName}.${element.className} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 40)}`;
  const isHidden = (element: Element) =>
    element.closest('.visually-hidden, [hidden]') !== null || element.getClientRects().length === 0;
  const shown = [...document.body.querySelectorAll('*')].filter((element) => !isHidden(element));
  const found: string[] = [];
  const {scrollWidth} = document.scrollingElement!;
  if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide`);
  for (const element of shown) {
    const {overflowX, textOverflow, position} = getComputedStyle(element);
    const scrolls = overflowX !== 'visible' && textOverflow !== 'ellipsis' && element.tagName !== 'TEXTAREA';
    if (scrolls && element.tagName !== 'INPUT' && element.scrollWidth > element.clientWidth + 1)
      found.push(`${nameOf(element)} holds ${element.scrollWidth} in ${element.clientWidth}`);
    const isOne = element.matches('button, a, input, textarea, article, pre, img, p, h1, h2, [role]');
    if (!isOne) continue;
    const {left, right} = element.getBoundingClientRect();
    const column =
      position === 'fixed'
        ? undefined
        : element.parentElement?.closest('main > *, nav, aside, [role=log], [role=dialog], li');
    const edges = column?.getBoundingClientRect() ?? {left: 0, right: innerWidth};
    const isInWindow = left >= -1 && right <= innerWidth + 1;
    const isInColumn = left >= edges.left - 1 && right <= edges.right + 1;
    const isCutOn = element.parentElement?.closest('[class]') && isInEllipsis(element);
    if ((!isInWindow || !isInColumn) && !isCutOn)
      found.push(
        `${nameOf(element)} from ${Math.round(left)} to ${Math.round(right)} of ${Math.round(edges.right)}`,
      );
  }
  return found;

  function isInEllipsis(element: Element): boolean {
    for (let above = element.parentElement; above !== null; above = above.parentElement)
      if (getComputedStyle(above).textOverflow === 'ellipsis') return true;
    return false;
  }
}
