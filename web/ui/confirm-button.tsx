import { Button, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";

const ConfirmDialog = lazy(() => import("./confirm-dialog.tsx"));

/** Something that is asked about before it is done. */
export interface Action {
  /** On the button; `name` says of what, where several buttons are labelled alike. */
  label: string;
  name?: string;
  /** On the dialog's button, where that would be misread there. */
  confirm?: string;
  title: string;
  /** What it will do. */
  what: string;
  harmful?: boolean;
  run: () => Promise<unknown>;
  /** Said when it worked; nothing where `run` shows what it brought. */
  done?: string;
}

export function ConfirmButton({ action, ...look }: { action: Action } & ButtonProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button {...look} onClick={open} {...(action.name ? { "aria-label": action.name } : {})}>
        {action.label}
      </Button>
      {opened && (
        <Suspense>
          <ConfirmDialog action={action} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

/** In a row of a table. */
export const inRow = { size: "compact-xs", variant: "subtle", px: 4, mx: -4, fw: 500 } as const;
