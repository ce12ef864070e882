import { type ComponentType, type ReactNode, Suspense, useState } from "react";

interface Props {
  /** The button that opens the menu, for as long as the menu is not loaded. */
  children: (props: {
    onClick: () => void;
    onPointerEnter: () => void;
    onFocus: () => void;
    "aria-haspopup": "menu";
    "aria-expanded": false;
  }) => ReactNode;
  menu: ComponentType<{ defaultOpened: boolean }>;
  preload: () => unknown;
}

/** A menu whose script comes when someone reaches for it: it is a tenth of the first screen's. */
export function MenuOnDemand({ children, menu: Menu, preload }: Props) {
  const [wanted, setWanted] = useState(false);
  const load = () => void preload();
  const closed = children({
    onClick: () => setWanted(true),
    onPointerEnter: load,
    onFocus: load,
    "aria-haspopup": "menu",
    "aria-expanded": false,
  });
  if (!wanted) return closed;
  return (
    <Suspense fallback={closed}>
      <Menu defaultOpened />
    </Suspense>
  );
}
