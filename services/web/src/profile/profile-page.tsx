import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {session} from '../chat/session.ts';
import {PageHeader} from '../shell/page-header.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {AboutForm} from './about-form.tsx';
import {BlockedSection} from './blocked-section.tsx';
import {DeleteSection} from './delete-section.tsx';
import {DeviceSection} from './device-section.tsx';
import {DirectsSection} from './directs-section.tsx';
import {KeepSection} from './keep-section.tsx';
import {LayoutSection} from './layout-section.tsx';
import {NoticeSection} from './notice-section.tsx';
import {PasswordForm} from './password-form.tsx';
import styles from './profile.module.css';

/** The user's public profile, and the settings that protect the account. */
export default function ProfilePage() {
  const {t} = useTranslation();
  const user = useStore(session, (state) => state.user);
  usePageTitle(t('profile.title'));
  if (user === undefined) return null;
  return (
    <div className={styles.page}>
      <PageHeader title={t('profile.title')} />
      <div className={styles.sections}>
        {user.kind === 'guest' && <KeepSection />}
        <AboutForm user={user} />
        {user.kind === 'account' && <PasswordForm />}
        <LayoutSection />
        <NoticeSection />
        <DirectsSection user={user} />
        <BlockedSection />
        <DeviceSection />
        <DeleteSection hasPassword={user.kind === 'account'} />
      </div>
    </div>
  );
}
