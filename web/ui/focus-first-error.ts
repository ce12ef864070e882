/** After the errors are on the screen: the keyboard goes to the first of them. */
export function focusFirstError(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => {
    const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? form?.querySelector<HTMLElement>('[role="alert"]');
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  });
}
