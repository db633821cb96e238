import type {ReactNode} from 'react';
import {Link} from 'wouter';
import type {NotificationLink as Target} from './notification-content.ts';

type NotificationLinkProps = {
  link: Target;
  className?: string | undefined;
  onFollow: () => void;
  children: ReactNode;
};

/** A page of this client opens in this tab, and another address in a new one. A link is followed only by a press. */
export function NotificationLink({link, className, onFollow, children}: NotificationLinkProps) {
  if (link.isHere) {
    return (
      <Link href={link.href} className={className} onClick={onFollow}>
        {children}
      </Link>
    );
  }
  return (
    <a href={link.href} className={className} target="_blank" rel="noopener noreferrer" onClick={onFollow}>
      {children}
    </a>
  );
}
