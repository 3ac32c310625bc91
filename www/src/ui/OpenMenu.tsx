/** Where a project comes from: what the settings name, the sample, files, a folder, a release. */

import { CloudDownloadOutlined, DownOutlined, ExperimentOutlined, FileOutlined, FolderOpenOutlined, StarOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useRef, useState } from 'react';
import { chosen } from '../open/files';
import { open, openThePreset, openTheSample } from '../open/open';
import { presetName } from '../open/preset';
import { useStore } from '../state/store';
import { ReleaseDialog } from './ReleaseDialog';

/** The menu, and the dialogs behind it. */
export function OpenMenu() {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [address, setAddress] = useState(false);
  const preset = useStore((state) => state.settings.open);
  const items = [
    ...(preset
      ? [{ key: 'preset', icon: <StarOutlined />, label: presetName(preset), onClick: () => void openThePreset(preset) }]
      : []),
    { key: 'sample', icon: <ExperimentOutlined />, label: 'The sample', onClick: () => void openTheSample() },
    { key: 'files', icon: <FileOutlined />, label: 'Files, or a release zip…', onClick: () => files.current?.click() },
    { key: 'folder', icon: <FolderOpenOutlined />, label: 'A folder…', onClick: () => folder.current?.click() },
    { key: 'address', icon: <CloudDownloadOutlined />, label: 'A release by its address…', onClick: () => setAddress(true) },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']}>
        <Button type="primary">
          Open <DownOutlined aria-hidden />
        </Button>
      </Dropdown>
      <FileInput label="Files to open" input={files} />
      <FileInput label="Folder to open" input={folder} directory />
      <ReleaseDialog shown={address} close={() => setAddress(false)} />
    </>
  );
}

interface FileInputProperties {
  label: string;
  input: React.RefObject<HTMLInputElement>;
  directory?: boolean;
}

function FileInput({ label, input, directory }: FileInputProperties) {
  return (
    <input
      ref={input}
      type="file"
      hidden
      multiple
      aria-label={label}
      {...(directory ? { webkitdirectory: '' } : {})}
      onChange={(event) => {
        const { files } = event.target;
        if (files) void open(chosen(files));
        event.target.value = '';
      }}
    />
  );
}
