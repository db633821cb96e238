import type {ReactNode} from 'react';
import {Link} from 'wouter';
import type {NotificationLink as Target} from './notification-content.ts';

type NotificationLinkProps = {
  link: Target;
  className?: string | undefined;
  onFollow: () => void;
  children: ReactNode;
};

/** Leads to a page of this client in this tab, and elsewhere in another one. Only a press ever follows it. */
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
