"""From settings to who may ask what: limits, prices and the stand of the gate."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from observer.accounts.principal import Limits, Role
from observer.accounts.service import AccountOptions
from observer.accounts.usage import Prices
from observer.errors import ConfigError
from observer.settings import Settings, read_secret

if TYPE_CHECKING:
    from observer.access import AccessPolicy
    from observer.accounts.sign_in import SignInMeans


def account_options(settings: Settings) -> AccountOptions:
    """How accounts work in an observatory."""
    prices = settings.prices
    return AccountOptions(
        limits={
            Role.ANONYMOUS: Limits(**settings.limits_anonymous.model_dump()),
            Role.USER: Limits(**settings.limits_user.model_dump()),
            Role.DEVELOPER: Limits(**settings.limits_developer.model_dump()),
        },
        prices=Prices(
            {"mart": prices.mart, "source": prices.source, "intermediate": prices.intermediate}, prices.gigabyte
        ),
        key_lifetime=timedelta(days=settings.accounts.key_days) if settings.accounts.key_days else None,
        session_lifetime=timedelta(days=settings.accounts.session_days),
        monthly_cost=prices.monthly_cost,
        currency=prices.currency,
    )


def access_policy(settings: Settings) -> AccessPolicy:
    """How the gate of an observatory stands. Raises ConfigError for a proxy that is no address."""
    from observer.access import AccessPolicy

    chosen = settings.accounts
    proxies = []
    for text in filter(None, (part.strip() for part in chosen.trusted_proxies.split(","))):
        try:
            proxies.append(ipaddress.ip_network(text, strict=False))
        except ValueError as error:
            raise ConfigError(f"'{text}' is no address or network", where="[accounts] trusted_proxies") from error
    return AccessPolicy(
        require_key=chosen.require_key,
        trusted_proxies=tuple(proxies),
        is_local_open=chosen.local_open and settings.observatory.public_url is None,
        pages=chosen.pages_per_minute,
        is_shared=chosen.shared_limits,
    )


def sign_in_means(settings: Settings) -> SignInMeans:
    """How people sign in on the website. Raises ConfigError for what is set up by half."""
    from observer.accounts.sign_in import GitHub, Mailer, MailServer, SignInMeans

    chosen, base = settings.sign_in, settings.observatory.public_url
    if (chosen.smtp_host or chosen.github_client_id) and not base:
        raise ConfigError("links need the site's address", where="[observatory] public_url", hint="set it")
    mailer = github = None
    if chosen.smtp_host:
        if not chosen.mail_from:
            raise ConfigError("mail needs a sender", where="[sign_in] mail_from", hint="set it")
        password = read_secret({"env": chosen.smtp_password_env}, settings.root) if chosen.smtp_user else None
        server = MailServer(
            chosen.smtp_host, chosen.smtp_port, chosen.mail_from, chosen.smtp_security, chosen.smtp_user, password
        )
        mailer = Mailer(server, settings.observatory.title)
    if chosen.github_client_id:
        secret = read_secret({"env": chosen.github_secret_env}, settings.root)
        callback = f"{(base or '').rstrip('/')}/sign-in/github/callback"
        github = GitHub(chosen.github_client_id, secret, callback, chosen.github_url, chosen.github_api_url)
    return SignInMeans(mailer, github)
