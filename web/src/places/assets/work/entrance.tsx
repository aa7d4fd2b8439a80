// Where one says who one is: work orders are for the staff.
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { SignIn } from "../../portal/sign-in.tsx";

export function WorkEntrance({ onEnter }: { onEnter: () => void }) {
  const { t } = useText();
  return (
    <form
      className="entrance"
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <p>{t("work.entrance")}</p>
      <SignIn />
      <Button type="submit" className="primary">
        {t("submissions.enter")}
      </Button>
    </form>
  );
}
