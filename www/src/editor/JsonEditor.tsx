/** JSON as text, with completion from a schema. */

import { Editor, loader } from '@monaco-editor/react';
import { Spin } from 'antd';
import * as monaco from 'monaco-editor';
import { useEffect } from 'react';

// Without this the loader fetches Monaco from a CDN.
loader.config({ monaco });

interface Properties {
  /** Tells one text from another; its undo history hangs on it. */
  path: string;
  /** What a screen reader calls it. */
  label: string;
  value: string;
  dark: boolean;
  onChange?: (text: string) => void;
  schema?: Record<string, unknown> | undefined;
}

/** An editor of JSON text; read-only without `onChange`. */
export default function JsonEditor({ path, label, value, dark, onChange, schema }: Properties) {
  useEffect(() => {
    const schemas = schema ? [{ uri: `schema:${path}`, fileMatch: [`*${encodeURIComponent(path)}`], schema }] : [];
    monaco.languages.json.jsonDefaults.setDiagnosticsOptions({ validate: true, enableSchemaRequest: false, schemas });
  }, [path, schema]);
  return (
    <Editor
      language="json"
      path={`inmemory://json/${encodeURIComponent(path)}`}
      value={value}
      theme={dark ? 'vs-dark' : 'light'}
      loading={<Spin />}
      onChange={(text) => onChange?.(text ?? '')}
      options={{
        ariaLabel: label,
        readOnly: !onChange,
        automaticLayout: true,
        minimap: { enabled: false },
        fontSize: 13,
        tabSize: 2,
        // Tab leaves the editor, as anywhere else on the page.
        tabFocusMode: true,
        scrollBeyondLastLine: false,
        lineNumbersMinChars: 3,
        wordWrap: 'on',
        fixedOverflowWidgets: true,
      }}
    />
  );
}
