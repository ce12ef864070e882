import { Autocomplete, Group, Input, NativeSelect, SegmentedControl, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { Item } from "#contract/catalog.ts";
import { type Balance, type PostableType, postableTypes, stockStatuses } from "#contract/ledger.ts";
import { lotsQuery, reasonCodesQuery } from "#web/features/catalog/api.ts";
import { ItemPicker } from "#web/features/catalog/item-picker.tsx";
import { maySupervise, useMe } from "#web/features/identity/session.ts";
import { LocationPicker } from "#web/features/sites/location-picker.tsx";
import { messages } from "#web/messages.ts";
import { NumberField } from "#web/ui/number-field.tsx";
import { formatQuantity } from "#web/ui/format.ts";
import { comesIn, type Entry, newEntry, shapeOf } from "./entry.ts";
import { StockPicker } from "./stock-picker.tsx";

const text = messages.post;
// By the day: a form that is open over midnight is told by the server.
const today = new Date().toISOString().slice(0, 10);
// Fields that stand side by side keep one line.
const hintBelow: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];
type Form = UseFormReturnType<Entry>;

export function TypeFields({ form }: { form: Form }) {
  const supervisor = maySupervise(useMe());
  const types = postableTypes
    .filter((type) => type !== "ADJUST" || supervisor)
    .map((value) => ({ value, label: messages.eventType[value] }));
  // What is taken and why depends on the type; the item, the quantity and where to stay.
  const choose = (type: string) => {
    form.setValues({ type: type as PostableType, from: null, reasonCode: newEntry.reasonCode });
    form.clearErrors();
  };
  return (
    <>
      <NativeSelect
        label={text.type}
        description={supervisor ? undefined : text.adjustRole}
        data={types}
        value={form.values.type}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      />
      {form.values.type === "ADJUST" && (
        <Input.Wrapper label={text.direction} labelElement="div" labelProps={{ id: "direction-label" }}>
          <SegmentedControl
            fullWidth
            aria-labelledby="direction-label"
            data={[
              { value: "more", label: text.more },
              { value: "less", label: text.less },
            ]}
            {...form.getInputProps("direction")}
          />
        </Input.Wrapper>
      )}
    </>
  );
}

export function ItemField({ form }: { form: Form }) {
  return (
    <ItemPicker
      label={text.item}
      required
      value={form.values.itemId}
      error={form.errors.itemId}
      onChange={(itemId) => {
        // Unit, lot and place are those of the item before.
        form.setValues({ itemId, uom: "", from: null, lotCode: "", expiresOn: "" });
        form.clearErrors();
      }}
    />
  );
}

export function PlaceFields({ form, balances, loading }: { form: Form; balances: readonly Balance[]; loading: boolean }) {
  const { itemId, type, from, toLocationId } = form.values;
  const shape = shapeOf(form.values);
  return (
    <>
      {shape.takes && (
        <StockPicker
          label={type === "HOLD" || type === "RELEASE" ? text.sourceAt : text.source}
          balances={balances}
          loading={loading}
          status={shape.takesOnly}
          itemChosen={itemId !== null}
          value={from}
          error={form.errors.from}
          onChange={(key) => form.setFieldValue("from", key)}
        />
      )}
      {shape.brings && (
        <LocationPicker
          label={text.destination}
          required
          anySite={type === "MOVE"}
          value={toLocationId}
          error={form.errors.toLocationId}
          onChange={(id) => form.setFieldValue("toLocationId", id)}
        />
      )}
    </>
  );
}

/** Of what comes in from outside: its lot, its state, and for a receipt what it cost and when it expires. */
export function IncomingFields({ form, item }: { form: Form; item: Item | undefined }) {
  const { currency } = useMe().tenant;
  if (!item || !comesIn(shapeOf(form.values))) return null;
  const receipt = form.values.type === "RECEIVE";
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {item.tracking !== "NONE" && <LotField form={form} item={item} />}
      {item.tracking !== "NONE" && receipt && (
        <TextInput
          type="date"
          label={messages.balances.expires}
          description={text.expiresHint}
          inputWrapperOrder={hintBelow}
          {...form.getInputProps("expiresOn")}
        />
      )}
      <NativeSelect
        label={text.state}
        data={stockStatuses.map((value) => ({ value, label: messages.status[value] }))}
        {...form.getInputProps("status")}
      />
      {receipt && (
        <NumberField
          label={text.unitCost(item.baseUom, currency)}
          description={text.unitCostHint}
          inputWrapperOrder={hintBelow}
          {...form.getInputProps("unitCost")}
        />
      )}
    </SimpleGrid>
  );
}

function LotField({ form, item }: { form: Form; item: Item }) {
  const [search] = useDebouncedValue(form.values.lotCode.trim(), 250);
  const lots = useQuery(lotsQuery(item.id, search));
  const codes = (lots.data?.items ?? []).map(({ code }) => code);
  return (
    <Autocomplete
      label={item.tracking === "LOT" ? text.lot : text.serial}
      description={item.tracking === "LOT" && form.values.type === "RECEIVE" ? text.lotHint : undefined}
      inputWrapperOrder={hintBelow}
      required
      autoComplete="off"
      data={codes}
      {...form.getInputProps("lotCode")}
    />
  );
}

export function QuantityFields({ form, item, source }: { form: Form; item: Item | undefined; source: Balance | undefined }) {
  const units = item
    ? [
        { value: "", label: item.baseUom },
        ...item.units.map(({ uom, factor }) => ({ value: uom, label: `${uom} (${formatQuantity(factor)} ${item.baseUom})` })),
      ]
    : [];
  const shows = shapeOf(form.values).takes && source;
  return (
    <Group grow align="flex-start" wrap="nowrap">
      <NumberField
        label={text.quantity}
        required
        description={shows ? text.available(`${formatQuantity(source.available)} ${source.uom}`) : undefined}
        inputWrapperOrder={hintBelow}
        {...form.getInputProps("quantity")}
      />
      <NativeSelect label={text.unit} data={units} disabled={units.length === 0} {...form.getInputProps("uom")} />
    </Group>
  );
}

export function ReasonFields({ form, source }: { form: Form; source: Balance | undefined }) {
  const { reason } = shapeOf(form.values);
  const expired = source?.expiresOn !== undefined && source.expiresOn !== null && source.expiresOn < today;
  // A reason for shipping is one for letting an expired lot go.
  const asks = reason && (reason.use !== "EXPIRED_OVERRIDE" || expired || form.values.reasonCode !== "" || Boolean(form.errors.reasonCode));
  const reasons = useQuery({ ...reasonCodesQuery(reason?.use ?? "ADJUST"), enabled: Boolean(asks) });
  const choices = [
    { value: "", label: reason?.required ? text.chooseReason : text.reasonNone },
    ...(reasons.data?.items ?? []).map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
  ];
  return (
    <>
      {asks && <NativeSelect label={text.reason} required={reason.required} data={choices} {...form.getInputProps("reasonCode")} />}
      <Textarea label={text.note} autosize minRows={1} {...form.getInputProps("note")} />
    </>
  );
}
