// Where one says who one is: what is asked for is not for everybody.
import { Problem } from "../api/problem.ts";
import { useText } from "../i18n/use-text.ts";
import { Button } from "../ui/button.tsx";
import { SignIn } from "./portal/sign-in.tsx";

export function isDenied(error: unknown): boolean {
  return error instanceof Problem && (error.status === 401 || error.status === 403);
}

interface Props {
  /** For whom this is. */
  readonly says: "assets.entrance" | "submissions.entrance" | "work.entrance";
  readonly onEnter: () => void;
}

export function Entrance({ says, onEnter }: Props) {
  const { t } = useText();
  return (
    <form
      className="entrance"
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <p>{t(says)}</p>
      <SignIn />
      <Button type="submit" className="primary">
        {t("submissions.enter")}
      </Button>
    </form>
  );
}
