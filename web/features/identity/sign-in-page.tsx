import { Button, NativeSelect, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { LoginRequest } from "#contract/identity.ts";
import { ApiError } from "#web/api/client.ts";
import { errorsOf, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkAnchor } from "#web/ui/links.tsx";
import { Door } from "./door.tsx";
import { meQuery, signIn } from "./session.ts";

interface Tenant {
  code: string;
  name: string;
}

const text = messages.signIn;
const fields = ["email", "password", "tenant"];
const requestOf = ({ tenant, ...rest }: { email: string; password: string; tenant: string }): LoginRequest => ({
  ...rest,
  ...(tenant ? { tenant } : {}),
});

export function SignInPage() {
  const form = useForm({
    initialValues: { email: "", password: "", tenant: "" },
    validate: (values) => errorsOf(LoginRequest, requestOf(values)),
  });
  const formElement = useRef<HTMLFormElement>(null);
  const { tenants, problem, submit, pending } = useSignIn((errors) => {
    form.setErrors(errors);
    focusFirstError(formElement.current);
  });
  return (
    <Door title={text.title}>
      <form
        ref={formElement}
        noValidate
        className="floor"
        onSubmit={(event) =>
          form.onSubmit(
            (values) => submit(requestOf(values)),
            () => focusFirstError(formElement.current),
          )(event)
        }
      >
        <Stack>
          {problem && <FormAlert>{problem}</FormAlert>}
          <TextInput label={text.email} type="email" autoComplete="username" inputMode="email" autoFocus {...form.getInputProps("email")} />
          <PasswordInput label={text.password} autoComplete="current-password" {...form.getInputProps("password")} />
          {tenants.length > 0 && (
            <NativeSelect
              label={text.tenant}
              description={text.chooseTenant}
              data={tenants.map(({ code, name }) => ({ value: code, label: name }))}
              {...form.getInputProps("tenant")}
              value={form.values.tenant || (tenants[0]?.code ?? "")}
            />
          )}
          <Button type="submit" loading={pending}>
            {text.submit}
          </Button>
        </Stack>
      </form>
      <LinkAnchor to="/forgot-password" size="sm">
        {messages.password.forgot}
      </LinkAnchor>
    </Door>
  );
}

function useSignIn(onFieldErrors: (errors: Record<string, string>) => void) {
  const [tenants, setTenants] = useState<Tenant[]>([]);
  const [problem, setProblem] = useState("");
  const queryClient = useQueryClient();
  const router = useRouter();
  const { from } = useSearch({ from: "/sign-in" });
  const { mutate, isPending } = useMutation({
    // A company was asked for and the first one shown: unless another was chosen, that one is meant.
    mutationFn: (request: LoginRequest) => signIn({ ...(tenants[0] ? { tenant: tenants[0].code } : {}), ...request }),
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData(meQuery.queryKey, me);
      router.history.push(ownAddress(from));
    },
    onError: (error) => {
      if (error instanceof ApiError && error.code === "TENANT_REQUIRED") {
        setProblem("");
        setTenants((error.details.tenants ?? []) as Tenant[]);
        return;
      }
      // A link that is good once, told in place of a session: nothing else can be done with this password any more.
      if (error instanceof ApiError && error.code === "PASSWORD_CHANGE_REQUIRED") {
        void router.navigate({ to: "/set-password", hash: String(error.details.token) });
        return;
      }
      const { "": whole = "", ...byField } = refusalByField(error, (path) => (fields.includes(path) ? path : ""));
      setProblem(whole);
      onFieldErrors(byField);
    },
  });
  return { tenants, problem, submit: (request: LoginRequest) => mutate(request), pending: isPending };
}

/** `from` comes out of the address: only a path of this app is gone to, never another host. */
function ownAddress(from: string | undefined): string {
  if (!from || !URL.canParse(from, location.origin)) return "/";
  const { origin, pathname, search } = new URL(from, location.origin);
  return origin === location.origin && pathname !== "/sign-in" && !pathname.startsWith("//") ? pathname + search : "/";
}
