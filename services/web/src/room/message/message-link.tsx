import type {ReactNode} from 'react';
import {Link} from 'wouter';
import {messageAddress} from '../../shell/room-address.ts';
import {useConversation} from '../composer/intent.ts';

type MessageLinkProps = {
  roomId: string;
  seq: number;
  className?: string | undefined;
  onChoose?: () => void;
  children: ReactNode;
};

/** A link to a message from beside a conversation. It leads there again, too, after the user has gone elsewhere. */
export function MessageLink({roomId, seq, className, onChoose, children}: MessageLinkProps) {
  const {jumpTo} = useConversation();
  const address = messageAddress(roomId, seq);
  return (
    <Link
      href={address}
      className={className}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        onChoose?.();
        if (location.pathname !== address) return;
        event.preventDefault();
        jumpTo(seq);
      }}
    >
      {children}
    </Link>
  );
}
