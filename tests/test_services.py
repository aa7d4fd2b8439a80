"""The services that tests borrow."""

import psycopg


def test_a_fresh_database_is_empty_and_a_superuser_may_extend_it(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as database:
        assert database.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)
        assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_text_is_kept_as_utf_8(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as database:
        assert database.execute("SELECT %s || '', length(%s)", ["水泵", "機場客運大樓"]).fetchone() == ("水泵", 6)
