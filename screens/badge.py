"""A badge scanned where an officer signs: it stands for the login, the cursor goes to the PIN."""

from screens.service import Services


class TakesBadge(Services):
    """A screen or dialog whose form has `login` and `pin`."""

    def read_badge(self, text: str) -> None:
        """Whose badge is this?"""
        office = self.app.the_office()
        self.run_service(lambda: office.whose_badge(text), self._badge_read, group="badge", exclusive=True)

    def _badge_read(self, login: str) -> None:
        from screens.widgets.form import Form

        form = self.query_one(Form)
        form.restore({"login": login})
        form.go_to("pin")
        self.say("badge.read", following="badge.read.next")
