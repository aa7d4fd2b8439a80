// Where one says who one is: submissions are for applicants and reviewers.
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { SignIn } from "../portal/sign-in.tsx";

export function isDenied(error: unknown): boolean {
  return error instanceof Problem && (error.status === 401 || error.status === 403);
}

export function Entrance({ onEnter }: { onEnter: () => void }) {
  const { t } = useText();
  return (
    <form
      className="entrance"
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <p>{t("submissions.entrance")}</p>
      <SignIn />
      <Button type="submit" className="primary">
        {t("submissions.enter")}
      </Button>
    </form>
  );
}
