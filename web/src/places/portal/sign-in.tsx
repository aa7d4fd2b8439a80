// The token of an editor, typed once for this tab.
import { useId, useState } from "react";
import { keepToken, token } from "../../api/editor.ts";
import { useText } from "../../i18n/use-text.ts";

export function SignIn() {
  const { t } = useText();
  const [value, setValue] = useState(token());
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t("edit.token")}</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
          keepToken(event.target.value.trim());
        }}
      />
      <small>{t("edit.token.hint")}</small>
    </div>
  );
}
