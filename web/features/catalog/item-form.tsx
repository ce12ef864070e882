import { ActionIcon, Button, Group, NativeSelect, Paper, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { abcClasses, CreateItem, trackings } from "#contract/catalog.ts";
import { errorsOf, type FieldErrors } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { NumberField } from "#web/ui/number-field.tsx";
import { unitsQuery } from "./api.ts";
import { fieldNames, type ItemValues, requestOf } from "./item-values.ts";

const text = messages.itemForm;
type Form = UseFormReturnType<ItemValues>;

interface Props {
  initial: ItemValues;
  /** Whether the item is there already. */
  editing: boolean;
  submitLabel: string;
  pending: boolean;
  /** What the server refused, by field; `""` for the whole. */
  refusal: FieldErrors;
  alert?: ReactNode;
  cancel: ReactNode;
  onSubmit: (values: ItemValues) => void;
  onChange?: (values: ItemValues) => void;
}

export function ItemForm({ initial, editing, submitLabel, pending, refusal, alert, cancel, onSubmit, onChange }: Props) {
  const form = useForm<ItemValues>({
    initialValues: initial,
    validate: (values) => errorsOf(CreateItem, requestOf(values)),
    ...(onChange ? { onValuesChange: onChange } : {}),
  });
  const element = useRef<HTMLFormElement>(null);
  const { setErrors } = form;
  useEffect(() => {
    if (Object.keys(refusal).length === 0) return;
    setErrors(refusal);
    focusFirstError(element.current);
  }, [refusal, setErrors]);

  return (
    <form ref={element} noValidate onSubmit={(event) => form.onSubmit(onSubmit, () => focusFirstError(element.current))(event)}>
      <Stack maw={760}>
        {alert}
        {refusal[""] && <FormAlert>{refusal[""]}</FormAlert>}
        <Paper p="md">
          <MainFields form={form} editing={editing} />
        </Paper>
        <Paper p="md">
          <PlanningFields form={form} />
        </Paper>
        <Paper p="md">
          <UnitFields form={form} />
        </Paper>
        <Group justify="flex-end">
          {cancel}
          <Button type="submit" loading={pending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useUnitChoices(more: readonly string[] = []) {
  const codes = (useQuery(unitsQuery).data?.items ?? []).map(({ code }) => code);
  return [...new Set([...more, ...codes])].filter(Boolean);
}

function MainFields({ form, editing }: { form: Form; editing: boolean }) {
  const units = useUnitChoices([form.values.baseUom]);
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput label={messages.items.sku} required autoComplete="off" {...form.getInputProps("sku")} />
      <TextInput label={messages.items.name} required autoComplete="off" {...form.getInputProps("name")} />
      <TextInput label={messages.items.category} {...form.getInputProps("category")} />
      <NativeSelect
        label={messages.items.tracking}
        data={trackings.map((value) => ({ value, label: messages.tracking[value] }))}
        {...form.getInputProps("tracking")}
      />
      <NativeSelect
        label={text.baseUom}
        description={editing ? text.baseUomHint : undefined}
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={units}
        {...form.getInputProps("baseUom")}
      />
      <NativeSelect label={text.abcClass} data={[{ value: "", label: text.none }, ...abcClasses]} {...form.getInputProps("abcClass")} />
      <Textarea label={text.description} autosize minRows={2} {...form.getInputProps("description")} />
      {editing && <Switch label={text.active} mt="lg" {...form.getInputProps("active", { type: "checkbox" })} />}
    </SimpleGrid>
  );
}

const planning = ["reorderPoint", "safetyStock", "reorderQuantity", "maximumStock", "shelfLifeDays", "standardCost"] as const;

function PlanningFields({ form }: { form: Form }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
      {planning.map((name) => (
        <NumberField key={name} label={fieldNames[name]} {...form.getInputProps(name)} />
      ))}
    </SimpleGrid>
  );
}

function UnitFields({ form }: { form: Form }) {
  const codes = useUnitChoices(form.values.units.map(({ uom }) => uom)).filter((code) => code !== form.values.baseUom);
  return (
    <Stack gap="sm">
      <Text fw={600} size="sm">
        {text.units}
      </Text>
      {form.values.units.map(({ uom }, index) => (
        <Group key={index} align="flex-end" gap="sm" wrap="nowrap">
          <NativeSelect label={text.uom} data={["", ...codes]} {...form.getInputProps(`units.${index}.uom`)} />
          <NumberField label={text.factor(form.values.baseUom)} {...form.getInputProps(`units.${index}.factor`)} />
          <ActionIcon variant="default" size={36} aria-label={text.removeUnit(uom)} onClick={() => form.removeListItem("units", index)}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => form.insertListItem("units", { uom: "", factor: "" })}
        >
          {text.addUnit}
        </Button>
      </div>
    </Stack>
  );
}
