import { Button } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";

interface Step {
  label: string;
  /** Undefined where there is nothing that way. */
  go: (() => void) | undefined;
}

/** One step each way through a list. */
export function PageSteps({ back, forward }: { back: Step; forward: Step }) {
  const common = { size: "xs", variant: "default" } as const;
  return (
    <>
      <Button {...common} leftSection={<IconChevronLeft size={14} aria-hidden />} disabled={!back.go} onClick={back.go}>
        {back.label}
      </Button>
      <Button {...common} rightSection={<IconChevronRight size={14} aria-hidden />} disabled={!forward.go} onClick={forward.go}>
        {forward.label}
      </Button>
    </>
  );
}
