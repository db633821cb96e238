import {useRef, type PointerEvent, type MouseEvent} from 'react';

const longMs = 450;

/** Handles a long press of a finger, for devices without hovering. */
export function useLongPress(act: (element: Element) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const cancel = () => clearTimeout(timer.current);
  return {
    onPointerDown: ({pointerType, currentTarget}: PointerEvent) => {
      cancel();
      if (pointerType === 'touch') timer.current = setTimeout(() => act(currentTarget), longMs);
    },
    onPointerUp: cancel,
    onPointerMove: cancel,
    onPointerCancel: cancel,
    onContextMenu: (event: MouseEvent) => {
      if ((event.nativeEvent as globalThis.PointerEvent).pointerType === 'touch') event.preventDefault();
    },
  };
}
