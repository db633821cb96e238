import {createStore} from 'zustand/vanilla';

/** Whether something has just been dropped where nothing accepts it. */
export const misplacedDrop = createStore<{isTold: boolean}>(() => ({isTold: false}));

/** A browser opens what is dropped on a page instead of the page, and everything unsent would be lost. */
addEventListener('dragover', (event) => {
  if (!isText(event)) event.preventDefault();
});
addEventListener('drop', (event) => {
  if (event.defaultPrevented || isText(event)) return;
  event.preventDefault();
  misplacedDrop.setState({isTold: true});
});

/** Text may be moved into a field. */
function isText({target, dataTransfer}: DragEvent): boolean {
  const isField = target instanceof Element && target.closest('input, textarea') !== null;
  return isField && dataTransfer?.types.includes('Files') !== true;
}
