"""Addresses of signing in, of one's own news and password, and of people."""

from django.contrib.auth.views import PasswordChangeDoneView
from django.urls import path

from organisation import notification_views, people_views, views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign_in"),
    path("sign-out/", views.SignOutView.as_view(), name="sign_out"),
    path("language/", views.set_language, name="set_language"),
    path("password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("notifications/", notification_views.notification_list, name="notification_list"),
    path("notifications/read/", notification_views.notification_read_all, name="notification_read_all"),
    path("notifications/<int:pk>/", notification_views.notification_open, name="notification_open"),
    path("people/", people_views.people_list, name="people_list"),
    path("people/new/", people_views.person_new, name="person_new"),
    path("people/<int:pk>/", people_views.person_page, name="person_page"),
    path("people/<int:pk>/password/", people_views.person_password, name="person_password"),
    path("people/<int:pk>/deactivate/", people_views.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people_views.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/appoint/", people_views.appointment_new, name="appointment_new"),
    path("appointments/<int:pk>/end/", people_views.appointment_end, name="appointment_end"),
]
