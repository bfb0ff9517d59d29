"""The product's addresses and the page that all pages are compared with."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from config.urls import urlpatterns as of_the_product


@login_required
def base(request: HttpRequest) -> HttpResponse:
    """The base layout and nothing else, behind the same middleware, for somebody signed in."""
    return render(request, "bench/base.html")


urlpatterns = [path("bench/base/", base, name="bench_base"), *of_the_product]
